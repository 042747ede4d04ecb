/** out/<run>/clients.json: what programs that people use say on the base and on the patched kernel. */
import { z } from 'zod';
import { differenceSchema, sideSchema } from './regress.ts';
import { tablesSchema } from './tables.ts';

const clientDifferenceSchema = differenceSchema.extend({
  /** Why it is as it should be; '' of one that is not explained. */
  reason: z.string(),
});
export type ClientDifference = Readonly<z.infer<typeof clientDifferenceSchema>>;

export const clientsSchema = tablesSchema.extend({
  stage: z.literal('clients'),
  head: z.string(),
  ok: z.boolean(),
  /** All clients, and not some that were named. */
  whole: z.boolean(),
  /** Why it is not ok. */
  problems: z.array(z.string()).readonly(),
  differences: z.array(clientDifferenceSchema).readonly(),
  /** The guest root: its suite, and versions by package. */
  suite: z.string(),
  packages: z.record(z.string(), z.string()).readonly(),
  base: sideSchema.omit({ leftOut: true }),
  series: sideSchema.omit({ leftOut: true }),
  ms: z.number(),
});
export type ClientsRecord = Readonly<z.infer<typeof clientsSchema>>;
export type ClientSide = ClientsRecord['base'];
