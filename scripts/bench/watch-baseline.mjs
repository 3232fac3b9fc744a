// The baseline of the watch bench: every change is made into JSON anew for every watcher.
import https from 'node:https';

process.once('message', ({ cert, key, pod }) => {
  const watchers = [];
  const server = https.createServer({ cert, key }, (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('\n');
    watchers.push(response);
  });
  process.on('message', ({ turn }) => {
    const { metadata } = pod;
    const object = { ...pod, metadata: { ...metadata, annotations: { ...metadata.annotations, turn: String(turn) } } };
    for (const watcher of watchers) watcher.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
  });
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
});
