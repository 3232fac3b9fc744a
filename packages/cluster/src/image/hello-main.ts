/** The demo image's twin for plain processes: the same page and the same lines in the log, on the pod's own loopback address. */
import http from 'node:http';

const { HOSTNAME = 'unknown', NODE_NAME = 'unknown', MKUBE_POD_IP = '127.0.0.1', PORT = '8080' } = process.env;
const page = `Hello from pod ${HOSTNAME} on node ${NODE_NAME}\n`;
const say = (text: string) => process.stdout.write(`${text}\n`);

const server = http.createServer((request, response) => {
  say(`${request.socket.remoteAddress}: url:${request.url}`);
  response.end(page);
  say(`${request.socket.remoteAddress}: response:200`);
});
process.on('SIGTERM', () => process.exit(0));
server.on('error', (error) => {
  say(error.message);
  process.exitCode = 1;
});
server.listen(Number(PORT), MKUBE_POD_IP, () => say(`${page}listening on port ${PORT}`));
