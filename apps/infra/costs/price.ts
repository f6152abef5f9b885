import list from './prices.json' with { type: 'json' };

/** The list of prices: AWS's own, of one region, as its pricing pages had them on a day. */
export const PRICE_LIST = list;
export type PriceName = keyof typeof list.prices;

interface Tier {
  /** How many units this tier has; the last one has no end. */
  first?: number;
  /** US dollars for as many units as the price is `per`. */
  usd: number;
}

/**
 * What a month's use of one thing costs, in US dollars, without any free tier: each tier's price for
 * the units that fall into it.
 *
 * @param quantity in the units of the price
 */
export function charge(name: PriceName, quantity: number): number {
  const { per, tiers }: { per: number; tiers: Tier[] } = list.prices[name];
  let left = quantity;
  let total = 0;
  for (const { first = Infinity, usd } of tiers) {
    const within = Math.min(left, first);
    total += (within / per) * usd;
    left -= within;
  }
  return total;
}
