/**
 * What names and values may look like: each function returns Kubernetes' own messages, an empty list when all is well
 * (apimachinery's util/validation). Lengths are bytes of UTF-8, whatever the message calls them.
 */
const characters = (max: number): string => `must be no more than ${max} characters`;
const bytes = (max: number): string => `must be no more than ${max} bytes`;

interface Format {
  pattern: RegExp;
  message: string;
}

/** Compiled once; the message shows the pattern. */
function format(pattern: string, text: string, examples: readonly string[]): Format {
  const shown = `${examples.map((e) => `'${e}', `).join(' or ')}regex used for validation is '${pattern}'`;
  return { pattern: new RegExp(`^(?:${pattern})$`), message: `${text} (e.g. ${shown})` };
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

const FORMATS = {
  label: format(
    LABEL,
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    ['my-name', '123-abc'],
  ),
  subdomain: format(
    SUBDOMAIN,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    ['example.com'],
  ),
  searchPath: format(
    '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*',
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
    ['example.com'],
  ),
  dns1035: format(
    '[a-z]([-a-z0-9]*[a-z0-9])?',
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    ['my-name', 'abc-123'],
  ),
  wildcard: format(
    `\\*\\.${SUBDOMAIN}`,
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    ['*.example.com'],
  ),
  qualified: format(
    QUALIFIED,
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    ['MyName', 'my.name', '123-abc'],
  ),
  labelValue: format(
    `(${QUALIFIED})?`,
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    ['MyValue', 'my_value', '12345'],
  ),
  configKey: format('[-._a-zA-Z0-9]+', "a valid config key must consist of alphanumeric characters, '-', '_' or '.'", [
    'key.name',
    'KEY_NAME',
    'key-name',
  ]),
  identifier: format(
    '[A-Za-z_][A-Za-z0-9_]*',
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
    ['my_name', 'MY_NAME', 'MyName'],
  ),
  reason: format(
    '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?',
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
    ['my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB'],
  ),
  header: format('[-A-Za-z0-9]+', "a valid HTTP header must consist of alphanumeric characters or '-'", [
    'X-Header-Name',
  ]),
  percent: format('[0-9]+%', "a valid percent string must be a numeric string followed by an ending '%'", [
    '1%',
    '93%',
  ]),
} as const satisfies Record<string, Format>;

/** Names of objects of most kinds. */
export const checkDns1123Subdomain = (value: string): string[] => [
  ...(byteLength(value) > 253 ? [characters(253)] : []),
  ...misfit(FORMATS.subdomain, value),
];

/** Search paths of a resolver. */
export const checkDns1123SubdomainWithUnderscore = (value: string): string[] => [
  ...(byteLength(value) > 253 ? [characters(253)] : []),
  ...misfit(FORMATS.searchPath, value),
];

/** Namespaces, containers, volumes. */
export function checkDns1123Label(value: string): string[] {
  const faults = byteLength(value) > 63 ? [characters(63)] : [];
  if (FORMATS.label.pattern.test(value)) return faults;
  return [...faults, FORMATS.subdomain.pattern.test(value) ? 'must not contain dots' : FORMATS.label.message];
}

/** Services. */
export const checkDns1035Label = (value: string): string[] => [
  ...(byteLength(value) > 63 ? [characters(63)] : []),
  ...misfit(FORMATS.dns1035, value),
];

/** Hosts of an Ingress. */
export const checkWildcardDns1123Subdomain = (value: string): string[] => [
  ...(byteLength(value) > 253 ? [characters(253)] : []),
  ...misfit(FORMATS.wildcard, value),
];

/** Label keys, finalizers, condition types, extended resources: [prefix/]name. */
export function checkQualifiedName(value: string): string[] {
  // the pattern is ASCII and has no slash: most keys need no closer look
  if (value.length <= 63 && FORMATS.qualified.pattern.test(value)) return [];
  const parts = value.split('/');
  const [first = '', second] = parts;
  if (parts.length > 2)
    return [
      `a valid label key ${FORMATS.qualified.message} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const name = second ?? first;
  const faults = second === undefined ? [] : checkPrefix(first);
  if (name === '') faults.push('name part must be non-empty');
  else if (byteLength(name) > 63) faults.push(`name part ${bytes(63)}`);
  if (!FORMATS.qualified.pattern.test(name)) faults.push(`name part ${FORMATS.qualified.message}`);
  return faults;
}

function checkPrefix(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  const faults = byteLength(prefix) > 253 ? [bytes(253)] : [];
  return [...faults, ...misfit(FORMATS.subdomain, prefix)].map((fault) => `prefix part ${fault}`);
}

export const checkLabelValue = (value: string): string[] => [
  ...(byteLength(value) > 63 ? [bytes(63)] : []),
  ...misfit(FORMATS.labelValue, value),
];

/** Names that only have to survive in a URL path (RBAC roles and bindings). */
export function checkPathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((bad) => value.includes(bad)).map((bad) => `may not contain '${bad}'`);
}

/** Keys of ConfigMaps and Secrets. */
export const checkConfigMapKey = (value: string): string[] => [
  ...(byteLength(value) > 253 ? [characters(253)] : []),
  ...misfit(FORMATS.configKey, value),
  ...checkDots(value),
];

/** Names of environment variables: any printable ASCII but '='. */
export function checkEnvVarName(value: string): string[] {
  if (value.length === 0) return ['environment variable name must not be empty'];
  return /^[ -<>-~]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

export const checkCIdentifier = (value: string): string[] => misfit(FORMATS.identifier, value);

/** Why a condition is as it is: 'ContainersNotReady'. */
export const checkConditionReason = (value: string): string[] => misfit(FORMATS.reason, value);

export const checkHttpHeaderName = (value: string): string[] => misfit(FORMATS.header, value);

export function checkPortNumber(value: number): string[] {
  return Number.isInteger(value) && value >= 1 && value <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
}

export function checkPortName(value: string): string[] {
  const faults: string[] = [];
  if (byteLength(value) > 15) faults.push(characters(15));
  if (!/^[-a-z0-9]+$/.test(value))
    faults.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) faults.push('must contain at least one letter (a-z)');
  if (value.includes('--')) faults.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) faults.push('must not begin or end with a hyphen');
  return faults;
}

export const checkPercent = (value: string): string[] => misfit(FORMATS.percent, value);

/** Every pattern is linear: text of any length may be judged. */
const misfit = ({ pattern, message }: Format, value: string): string[] => (pattern.test(value) ? [] : [message]);

function checkDots(value: string): string[] {
  if (value === '.' || value === '..') return [`must not be '${value}'`];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

const byteLength = (value: string): number => Buffer.byteLength(value, 'utf8');
