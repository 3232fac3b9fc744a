// A bare node:https server that answers everything with the same bytes: what a get costs when there is no API server behind it.
// Usage: node raw-https.mjs CERT KEY BODY; prints its port.
import fs from 'node:fs';
import https from 'node:https';

const [cert, key, body] = process.argv.slice(2).map((file) => fs.readFileSync(file));
const headers = { 'content-type': 'application/json', 'content-length': body.length };
const server = https.createServer({ cert, key }, (_request, answer) => answer.writeHead(200, headers).end(body));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
