/** Whether a text is an address, without a resolver. */
import { isIP } from 'node:net';

export const isIPv4 = (text: string): boolean => isIP(text) === 4;
