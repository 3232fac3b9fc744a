/**
 * Labels read straight out of an object's bytes, which costs a tenth of parsing it. Labels stand in metadata behind nothing
 * but plain texts and numbers, and hold neither quotes nor braces; bytes that look otherwise are 'unknown'.
 */
const BEFORE =
  /^\{"kind":"[^"\\]*","apiVersion":"[^"\\]*","metadata":\{(?:"(?:name|generateName|namespace|uid|resourceVersion|creationTimestamp|deletionTimestamp)":"[^"\\]*",?|"(?:generation|deletionGracePeriodSeconds)":\d+,?)*("labels":(\{[^{}\\]*\})|"(?:annotations|ownerReferences|finalizers|managedFields)":|\})/;
const FAR = 8192;

export function labelsInBytes(bytes: Buffer): Record<string, string> | undefined | 'unknown' {
  const match = BEFORE.exec(bytes.toString('latin1', 0, Math.min(bytes.length, FAR)));
  if (!match) return 'unknown';
  const [, , labels] = match;
  return labels === undefined ? undefined : (JSON.parse(labels) as Record<string, string>);
}
