import { ClassicLevel } from 'classic-level';
import { getIndexActions, type Item, type Table } from 'dynalite/db/index.js';

/**
 * Makes the entries of every secondary index those of the items in its table, in one atomic batch.
 *
 * dynalite writes an item and its index entries one after the other, so a process that is killed in
 * between leaves an entry without its item, or an item that no index lists. To be called before
 * dynalite opens the folder.
 *
 * @param folder where dynalite keeps its tables: a LevelDB with the keys `table~{name}`,
 *   `item-{table}~{key}` and `index-{type}~{table}~{index}~{key}`
 */
export async function repairIndexes(folder: string): Promise<void> {
  const level = new ClassicLevel<string, unknown>(folder, { valueEncoding: 'json' });
  await level.open();
  try {
    const stale = new Map(await entriesOf(level, 'index-'));
    const batch = level.batch();
    for (const [, table] of await entriesOf<Table>(level, 'table~')) {
      for (const [, item] of await entriesOf<Item>(level, `item-${table.TableName}~`)) {
        for (const [key, entry] of indexEntries(table, item)) {
          if (JSON.stringify(stale.get(key)) !== JSON.stringify(entry)) batch.put(key, entry);
          stale.delete(key);
        }
      }
    }
    for (const key of stale.keys()) batch.del(key);
    await batch.write({ sync: true });
  } finally {
    await level.close();
  }
}

/** What dynalite would write into the indexes of a table for an item. */
function indexEntries(table: Table, item: Item): [string, Item][] {
  return (['Local', 'Global'] as const).flatMap((type) =>
    getIndexActions(table[`${type}SecondaryIndexes`] ?? [], null, item, table).puts.map(
      (put): [string, Item] => [
        `index-${type.toLowerCase()}~${table.TableName}~${put.index}~${put.key}`,
        put.item,
      ],
    ),
  );
}

/** Every key with the prefix, and its value; keys are ASCII. */
async function entriesOf<V>(
  level: ClassicLevel<string, unknown>,
  prefix: string,
): Promise<[string, V][]> {
  return (await level.iterator({ gte: prefix, lt: `${prefix}\x7f` }).all()) as [string, V][];
}
