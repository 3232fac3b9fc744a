/** String formats that a custom schema may name, as Kubernetes 1.35 judges them; any other name is accepted and says nothing. */
import { isIPv6 } from 'node:net';
import { parseDuration } from '../../time.ts';

type Check = (text: string) => boolean;

const matching =
  (pattern: RegExp): Check =>
  (text) =>
    pattern.test(text);

const uuid = (version: string, variant: string): Check =>
  matching(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, 'i'));

/** Leading zeros were once let pass, and still are. */
const isIPv4Sloppy: Check = (text) => {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d+$/.test(part) && Number(part) <= 255);
};
/** A zone is of one machine, and no part of an address elsewhere. */
const isAddressV6: Check = (text) => isIPv6(text) && !text.includes('%');

const isCidr: Check = (text) => {
  const [address = '', bits = '', ...rest] = text.split('/');
  const most = isIPv4Sloppy(address) ? 32 : isAddressV6(address) ? 128 : -1;
  return rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
};

const isDate: Check = (text) => {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(Date.UTC(2000, Number(month) - 1, Number(day)));
  date.setUTCFullYear(Number(year));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
};

const isDateTime: Check = (text) => {
  const [date = '', time = ''] = text.toLowerCase().split('t');
  const [, hour = '', minute = '', second = ''] =
    /^([0-9]{2}):([0-9]{2}):([0-9]{2})(?:.[0-9]+)?(?:z|[+-][0-9]{2}:[0-9]{2})$/.exec(time) ?? [];
  return hour !== '' && isDate(date) && hour <= '23' && minute <= '59' && second <= '59';
};

/** As Go has it, or with some number followed by a word for a unit. */
const isDuration: Check = (text) =>
  parseDuration(text) !== undefined ||
  /\d+\s*(ns|nano|us|µs|micro|ms|milli|s$|sec|m$|min|h$|hr|hour|d$|day|w$|wk|week)/i.test(text);

const HOSTNAME =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$/u;
const isHostname: Check = (text) =>
  Buffer.byteLength(text) <= 255 &&
  text.split('.').every((part) => Buffer.byteLength(part) <= 63) &&
  HOSTNAME.test(text);

/** 'a@b', or with the name of a person before it. */
const isEmail: Check = (text) =>
  text.length <= 320 && /^([^<>@,;:\\"[\]()]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/.test(text.trim());

/** What may stand in a request: a path from the root, or a whole URL. */
const isUri: Check = (text) => {
  if (/[\s\p{Cc}]/u.test(text)) return false;
  return text.startsWith('/') || text === '*' || /^[a-z][a-z0-9+.-]*:./i.test(text);
};

const digitsOf = (text: string): number[] => [...text.matchAll(/\d/g)].map(([digit]) => Number(digit));

const isIsbn10: Check = (text) => {
  const plain = text.replace(/[\s-]+/g, '');
  if (!/^([0-9]{9}X|[0-9]{10})$/.test(plain)) return false;
  const digits = [...digitsOf(plain.slice(0, 9)), plain.endsWith('X') ? 10 : Number(plain[9])];
  return digits.reduce((sum, digit, i) => sum + (i + 1) * digit, 0) % 11 === 0;
};

const isIsbn13: Check = (text) => {
  const plain = text.replace(/[\s-]+/g, '');
  if (!/^[0-9]{13}$/.test(plain)) return false;
  return digitsOf(plain).reduce((sum, digit, i) => sum + (i % 2 === 0 ? 1 : 3) * digit, 0) % 10 === 0;
};

const CARD =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/;
const isCreditCard: Check = (text) => {
  const digits = digitsOf(text);
  const doubled = digits.toReversed().map((digit, i) => (i % 2 === 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9));
  return CARD.test(digits.join('')) && doubled.reduce((sum, digit) => sum + digit, 0) % 10 === 0;
};

const COLOUR = '\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*';
const SHORT_NAME = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

const FORMATS: Readonly<Record<string, Check>> = {
  bsonobjectid: matching(/^[0-9a-f]{24}$/i),
  byte: matching(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  cidr: isCidr,
  creditcard: isCreditCard,
  date: isDate,
  datetime: isDateTime,
  duration: isDuration,
  email: isEmail,
  hexcolor: matching(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  hostname: isHostname,
  ipv4: (text) => isIPv4Sloppy(text) || (text.includes('.') && isAddressV6(text)),
  ipv6: isAddressV6,
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  k8slongname: (text) => text.length <= 253 && new RegExp(`^${SHORT_NAME}(\\.${SHORT_NAME})*$`).test(text),
  k8sshortname: (text) => text.length <= 63 && new RegExp(`^${SHORT_NAME}$`).test(text),
  mac: matching(
    /^([0-9a-f]{2}(:[0-9a-f]{2}){5}|[0-9a-f]{2}(-[0-9a-f]{2}){5}|[0-9a-f]{4}(\.[0-9a-f]{4}){2})(([:-][0-9a-f]{2}){2}|\.[0-9a-f]{4}|([:-][0-9a-f]{2}){14}|(\.[0-9a-f]{4}){7})?$/i,
  ),
  password: () => true,
  rgbcolor: matching(new RegExp(`^rgb\\(${COLOUR},${COLOUR},${COLOUR}\\)$`)),
  ssn: matching(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  uri: isUri,
  uuid: uuid('[0-9a-f]', '[0-9a-f]'),
  uuid3: uuid('3', '[0-9a-f]'),
  uuid4: uuid('4', '[89ab]'),
  uuid5: uuid('5', '[89ab]'),
};

/** 'date-time' is 'datetime', as everywhere dashes are. */
const checkOf = (format: string): Check | undefined => {
  const name = format.replaceAll('-', '');
  return Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
};

export const isKnownFormat = (format: string): boolean => checkOf(format) !== undefined;

export const fitsFormat = (format: string, text: string): boolean => checkOf(format)?.(text) ?? true;
