/** out/<run>/clients.json: what programs that people use say on the base and on the patched kernel. */
import { z } from 'zod';
import { differenceSchema, regressSchema, sideSchema } from './regress.ts';

const clientDifferenceSchema = differenceSchema.extend({
  /** Why it is as it should be; '' of one that is not explained. */
  reason: z.string(),
});
export type ClientDifference = Readonly<z.infer<typeof clientDifferenceSchema>>;

const clientSideSchema = sideSchema.omit({ leftOut: true });

export const clientsSchema = regressSchema.extend({
  stage: z.literal('clients'),
  differences: z.array(clientDifferenceSchema).readonly(),
  /** The guest root: its suite, and versions by package. */
  suite: z.string(),
  packages: z.record(z.string(), z.string()).readonly(),
  base: clientSideSchema,
  series: clientSideSchema,
});
export type ClientsRecord = Readonly<z.infer<typeof clientsSchema>>;
export type ClientSide = ClientsRecord['base'];
