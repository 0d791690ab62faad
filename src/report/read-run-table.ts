import { messageOf, UserError } from '../errors.js';
import { readTable, type Table, type TableColumn } from '../store/table.js';

/**
 * Reads a Parquet table of a run.
 *
 * @param what - the word for it in errors: measurements, classes.
 * @throws UserError when the file is missing, is no Parquet file, or lacks one of the columns.
 */
export async function readRunTable(
  path: string,
  { what, columns }: { readonly what: string; readonly columns: readonly TableColumn[] },
): Promise<Table> {
  const table = await readTable(path).catch((error: unknown) => {
    throw new UserError(`${what} cannot be read: ${path}: ${messageOf(error)}`, { cause: error });
  });
  const missing = columns.filter(({ name }) => table.columns[name] === undefined);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ');
    throw new UserError(`not the ${what} of a strata run: ${path} (missing columns: ${names})`);
  }
  return table;
}
