/**
 * What names and values may look like: each function returns Kubernetes' own messages, an empty list when all is well
 * (apimachinery's util/validation). Lengths are bytes of UTF-8; a pattern only ever sees text within its length limit.
 */
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const QUALIFIED_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const QUALIFIED_EXAMPLES = ['MyName', 'my.name', '123-abc'];

/** Names of objects of most kinds. */
export function checkDns1123Subdomain(value: string): string[] {
  return checkFormat(value, 253, {
    pattern: SUBDOMAIN,
    text: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    examples: ['example.com'],
  });
}

/** Namespaces, containers, volumes. */
export function checkDns1123Label(value: string): string[] {
  return checkFormat(value, 63, {
    pattern: LABEL,
    text: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    examples: ['my-name', '123-abc'],
  });
}

/** Services. */
export function checkDns1035Label(value: string): string[] {
  return checkFormat(value, 63, {
    pattern: '[a-z]([-a-z0-9]*[a-z0-9])?',
    text: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    examples: ['my-name', 'abc-123'],
  });
}

/** Hosts of an Ingress. */
export function checkWildcardDns1123Subdomain(value: string): string[] {
  return checkFormat(value, 253, {
    pattern: `\\*\\.${SUBDOMAIN}`,
    text: "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    examples: ['*.example.com'],
  });
}

/** Label keys, finalizers, condition types, extended resources: [prefix/]name. */
export function checkQualifiedName(value: string): string[] {
  const parts = value.split('/');
  const [first = '', second] = parts;
  if (parts.length > 2)
    return [
      `a qualified name ${qualifiedText()} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const faults: string[] = [];
  if (second !== undefined) {
    if (first === '') faults.push('prefix part must be non-empty');
    else faults.push(...checkDns1123Subdomain(first).map((fault) => `prefix part ${fault}`));
  }
  const name = second ?? first;
  if (name === '') faults.push('name part must be non-empty');
  else if (byteLength(name) > 63) faults.push(`name part ${atMost(63)}`);
  if (!matchesWithin(name, 63, QUALIFIED)) faults.push(`name part ${qualifiedText()}`);
  return faults;
}

export function checkLabelValue(value: string): string[] {
  return checkFormat(value, 63, {
    pattern: `(${QUALIFIED})?`,
    text: "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    examples: ['MyValue', 'my_value', '12345'],
    shown: '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?',
  });
}

/** Names that only have to survive in a URL path (RBAC roles and bindings). */
export function checkPathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((bad) => value.includes(bad)).map((bad) => `may not contain '${bad}'`);
}

/** Keys of ConfigMaps and Secrets. */
export function checkConfigMapKey(value: string): string[] {
  const faults = checkFormat(value, 253, {
    pattern: '[-._a-zA-Z0-9]+',
    text: "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    examples: ['key.name', 'KEY_NAME', 'key-name'],
  });
  return [...faults, ...checkDots(value)];
}

/** Names of environment variables: any printable ASCII but '='. */
export function checkEnvVarName(value: string): string[] {
  if (value.length === 0) return ['environment variable name must not be empty'];
  return /^[ -<>-~]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

export function checkCIdentifier(value: string): string[] {
  return checkFormat(value, Infinity, {
    pattern: '[A-Za-z_][A-Za-z0-9_]*',
    text: "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
    examples: ['my_name', 'MY_NAME', 'MyName'],
  });
}

export function checkHttpHeaderName(value: string): string[] {
  return checkFormat(value, Infinity, {
    pattern: '[-A-Za-z0-9]+',
    text: "a valid HTTP header must consist of alphanumeric characters or '-'",
    examples: ['X-Header-Name'],
  });
}

export function checkPortNumber(value: number): string[] {
  return Number.isInteger(value) && value >= 1 && value <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
}

export function checkPortName(value: string): string[] {
  const faults: string[] = [];
  if (byteLength(value) > 15) faults.push(atMost(15));
  if (!/^[-a-z0-9]+$/.test(value))
    faults.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) faults.push('must contain at least one letter (a-z)');
  if (value.includes('--')) faults.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) faults.push('must not begin or end with a hyphen');
  return faults;
}

export function checkPercent(value: string): string[] {
  return checkFormat(value, Infinity, {
    pattern: '[0-9]+%',
    text: "a valid percent string must be a numeric string followed by an ending '%'",
    examples: ['1%', '93%'],
  });
}

interface Format {
  pattern: string;
  text: string;
  examples: readonly string[];
  /** The pattern as the message shows it. */
  shown?: string;
}

function checkFormat(value: string, max: number, format: Format): string[] {
  const faults = byteLength(value) > max ? [atMost(max)] : [];
  if (!matchesWithin(value, max, format.pattern))
    faults.push(withPattern(format.text, format.shown ?? format.pattern, format.examples));
  return faults;
}

/** Text far above its limit is refused unread, so that no pattern sees a megabyte; it is too long anyway. */
const matchesWithin = (value: string, max: number, pattern: string): boolean =>
  value.length <= Math.max(4 * Math.min(max, 4096), 256) && new RegExp(`^(?:${pattern})$`).test(value);

function checkDots(value: string): string[] {
  if (value === '.' || value === '..') return [`must not be '${value}'`];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

const byteLength = (value: string): number => Buffer.byteLength(value, 'utf8');
const atMost = (max: number): string => `must be no more than ${max} bytes`;
const qualifiedText = (): string => withPattern(QUALIFIED_TEXT, QUALIFIED, QUALIFIED_EXAMPLES);
const withPattern = (text: string, pattern: string, examples: readonly string[]): string =>
  `${text} (e.g. ${examples.map((e) => `'${e}', `).join(' or ')}regex used for validation is '${pattern}')`;
