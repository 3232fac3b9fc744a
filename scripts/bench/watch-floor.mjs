// The floor of the watch bench: a bare TLS server that writes one shared Buffer to every client, events of a burst in one write.
import tls from 'node:tls';

process.once('message', ({ cert, key, pod }) => {
  const sockets = [];
  const server = tls.createServer({ cert, key, noDelay: true }, (socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    sockets.push(socket);
  });
  const frame = `${JSON.stringify({ type: 'MODIFIED', object: pod })}\n`;
  process.on('message', ({ events }) => {
    const bytes = Buffer.from(frame.repeat(events));
    for (const socket of sockets) socket.write(bytes);
  });
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
});
