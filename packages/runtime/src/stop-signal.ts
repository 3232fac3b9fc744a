/** The signal that ends a container, by the names that images and pods have for it: 'SIGTERM', 'quit', '3', 'SIGRTMIN+3'. Pure. */
import os from 'node:os';

/** As glibc has them, and all engines: two below belong to its threads. */
const [RTMIN, RTMAX] = [34, 64];

/** Its number; that of SIGTERM where there is no such signal, as it would never be heard. */
export function stopSignalOf(text: string): number {
  const name = text.toUpperCase().replace(/^(SIG)?(?=[A-Z])/, 'SIG');
  return numberOf(name) ?? os.constants.signals.SIGTERM;
}

function numberOf(name: string): number | undefined {
  const [, from, offset = '0'] = /^SIG(RTMIN|RTMAX)([+-]\d{1,2})?$/.exec(name) ?? [];
  const number = from
    ? (from === 'RTMIN' ? RTMIN : RTMAX) + Number(offset)
    : (Object.entries(os.constants.signals).find(([known]) => known === name)?.[1] ?? Number(name));
  return Number.isInteger(number) && number >= 1 && number <= RTMAX ? number : undefined;
}
