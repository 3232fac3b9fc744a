// The watchers of the watch bench, in a process of their own. They are as cheap as TLS in Node allows, because what is measured is
// the server and both share the cores: all read into one Buffer, and count events by the newline that ends each; no JSON is read.
import tls from 'node:tls';

const [RETURN, NEWLINE] = [0x0d, 0x0a];
const AT_ONCE = 20;
const SHARED = Buffer.alloc(64 * 1024);
const { count, credentials, port, target } = await new Promise((resolve) => process.once('message', resolve));
const secureContext = tls.createSecureContext(credentials);
const counts = new Uint32Array(count);
/** How many watchers have had so many events, and when the last of them had. */
const [reached, at] = [[], []];
let [closed, told, wanted] = [0, 0, Infinity];
const tell = () => {
  if (reached[wanted] !== count) return;
  process.send({ times: at.slice(told + 1, wanted + 1) });
  [told, wanted] = [wanted, Infinity];
};
const onEvent = (watcher) => {
  const n = ++counts[watcher];
  reached[n] = (reached[n] ?? 0) + 1;
  if (reached[n] < count) return;
  at[n] = performance.timeOrigin + performance.now();
  tell();
};
const open = (watcher) =>
  new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, secureContext, rejectUnauthorized: false };
    const read = eventCounter(resolve, () => onEvent(watcher));
    const socket = tls.connect({ ...options, onread: { buffer: SHARED, callback: read } });
    socket.on('close', () => closed++).on('error', reject);
    socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  });
for (let i = 0; i < count; i += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, (_, j) => open(i + j)));
process.send('open');
process.on('message', ({ events, lacking }) => {
  if (events) wanted = told + events;
  if (lacking) process.send({ lacking: counts.reduce((sum, n) => sum + Math.max(0, wanted - n), 0), closed });
  tell();
});

/** Reads an endless response: its head, then events. Lines of HTTP itself end in CR LF. */
function eventCounter(onHead, onEvent) {
  let [inHead, last] = [true, 0];
  return (length, buffer) => {
    const bytes = buffer.subarray(0, length);
    if (inHead) {
      inHead = bytes.indexOf('\r\n\r\n') < 0;
      if (!inHead) onHead();
    } else
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, end + 1))
        if ((end === 0 ? last : bytes[end - 1]) !== RETURN) onEvent();
    last = bytes[length - 1];
    return true;
  };
}
