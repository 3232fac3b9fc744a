/** Whatever allOf, anyOf, oneOf and not speak of must be described outside of them. */
import { type FieldError, required } from '../../field-error.ts';
import { type JsonSchema, schemaOfItems } from './json-schema.ts';

/** Where the description stands, and where the judgement. */
type Places = readonly [described: string, judged: string];

export function checkComplete(judged: JsonSchema, described: JsonSchema, [at, by]: Places): FieldError[] {
  const { allOf = [], anyOf = [], oneOf = [], not } = judged;
  return [
    ...(not ? checkNested(not, described, [at, `${by}.not`]) : []),
    ...allOf.flatMap((of, i) => checkNested(of, described, [at, `${by}.allOf[${i}]`])),
    ...anyOf.flatMap((of, i) => checkNested(of, described, [at, `${by}.anyOf[${i}]`])),
    ...oneOf.flatMap((of, i) => checkNested(of, described, [at, `${by}.oneOf[${i}]`])),
  ];
}

function checkNested(judged: JsonSchema, described: JsonSchema | undefined, [at, by]: Places): FieldError[] {
  if (!described) return [required(at, `because it is defined in ${by}`)];
  const items = schemaOfItems(judged);
  return [
    ...checkComplete(judged, described, [at, by]),
    ...(items ? checkNested(items, schemaOfItems(described), [`${at}.items`, `${by}.items`]) : []),
    ...Object.entries(judged.properties ?? {}).flatMap(([key, of]) =>
      checkNested(of, described.properties?.[key], [`${at}.properties[${key}]`, `${by}.properties[${key}]`]),
    ),
  ];
}
