/** The part of dynalite that is used; the package brings no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  export default function dynalite(options: {
    path: string;
    createTableMs: number;
    deleteTableMs: number;
    updateTableMs: number;
  }): Server;
}

declare module 'dynalite/db/index.js' {
  export type Item = Record<string, unknown>;

  export interface Table {
    TableName: string;
    LocalSecondaryIndexes?: object[];
    GlobalSecondaryIndexes?: object[];
  }

  /** What has to change in `indexes` when `item` takes the place of `existing`. */
  export function getIndexActions(
    indexes: object[],
    existing: Item | null,
    item: Item,
    table: Table,
  ): { puts: { index: string; key: string; item: Item }[] };
}
