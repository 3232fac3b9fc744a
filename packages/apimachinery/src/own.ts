/** Own keys of plain JSON objects, whatever they are called: `__proto__` and `constructor` are keys like any other. */
export type JsonObject = Record<string, unknown>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const getOwn = (object: Readonly<JsonObject>, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;

export function setOwn(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else object[key] = value;
}

/** Equal as JSON, whatever the order of keys; a bigint equals the number of the same value. */
export function jsonEquals(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => jsonEquals(item, b[i]));
  if (isJsonObject(a)) return isJsonObject(b) && hasEqualKeys(a, b);
  return isNumeric(a) && isNumeric(b) && BigInt(a) === BigInt(b);
}

function hasEqualKeys(a: JsonObject, b: JsonObject): boolean {
  let count = 0;
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !jsonEquals(a[key], b[key])) return false;
    count++;
  }
  for (const _ in b) count--;
  return count === 0;
}

const isNumeric = (value: unknown): value is number | bigint =>
  typeof value === 'bigint' || Number.isSafeInteger(value);
