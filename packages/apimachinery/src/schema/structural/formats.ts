/** String formats that a schema may name; any other name is accepted and says nothing. */
import { isIPv4, isIPv6 } from 'node:net';
import { parseDuration, parseTime } from '../../time.ts';
import { checkDns1123Subdomain } from '../../names.ts';

type Check = (text: string) => boolean;

const uuid =
  (version: string): Check =>
  (text) =>
    new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i').test(text);

const isCidr: Check = (text) => {
  const [address = '', bits = '', ...rest] = text.split('/');
  const most = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  return rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
};

const FORMATS: Readonly<Record<string, Check>> = {
  'date-time': (text) => parseTime(text) !== undefined,
  datetime: (text) => parseTime(text) !== undefined,
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && parseTime(`${text}T00:00:00Z`) !== undefined,
  duration: (text) => parseDuration(text) !== undefined,
  email: (text) => text.length <= 320 && /^[^\s@<>]+@[^\s@<>]+$/.test(text),
  hostname: (text) => checkDns1123Subdomain(text.toLowerCase()).length === 0,
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  uri: (text) => URL.canParse(text),
  uuid: uuid('[0-9a-f]'),
  uuid3: uuid('3'),
  uuid4: uuid('4'),
  uuid5: uuid('5'),
  mac: (text) => /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(text),
  byte: (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text),
};

export const fitsFormat = (format: string, text: string): boolean =>
  Object.hasOwn(FORMATS, format) ? (FORMATS[format]?.(text) ?? true) : true;
