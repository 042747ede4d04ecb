/** What a record of any stage may bring along for the report, which shows it as it is: `tables` of its own. */
import { z } from 'zod';

const tableSchema = z.object({
  title: z.string(),
  /** What the numbers are, and under which conditions. */
  note: z.string(),
  /** Heads of the columns behind the label. */
  columns: z.array(z.string()).readonly(),
  rows: z.array(z.object({ label: z.string(), cells: z.array(z.string()).readonly() })).readonly(),
});

export const tablesSchema = z.object({ tables: z.array(tableSchema).min(1).readonly() });
export type RecordTables = Readonly<z.infer<typeof tablesSchema>>['tables'];
