// The baseline of the watch bench: every change is made into JSON anew for every watcher.
import https from 'node:https';

process.once('message', ({ cert, key, pod }) => {
  const watchers = [];
  const server = https.createServer({ cert, key }, (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    watchers.push(response);
  });
  let turn = 0;
  const change = () => {
    const { metadata } = pod;
    const annotations = { ...metadata.annotations, turn: String(turn++) };
    const object = { ...pod, metadata: { ...metadata, annotations } };
    for (const watcher of watchers) watcher.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
  };
  process.on('message', ({ events }) => {
    for (let i = 0; i < events; i++) change();
  });
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
});
