// npm start: from a fresh clone to a cluster of two nodes with hello running in it. Says what it does; may be called again and
// again: what is there already stays.
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { must, quiet, root, say } from './lib/run.mjs';
import { setUp } from './setup.mjs';

const mkube = path.join(root, 'scripts/mkube');

/** Runs mkube as a user would, the command line shown first. */
function show(...args) {
  console.log(`\n$ mkube ${args.join(' ')}`);
  must(mkube, args);
}

const ask = (...args) => quiet(mkube, args);

setUp();
say('building');
must('npm', ['run', '--silent', 'build']);

show('up', '--wait');
if (ask('get', 'pod', 'hello').status === 0) say('pod hello is there already');
else show('run', 'hello');
const address = await untilRunning('hello');

show('cluster-info');
show('get', 'nodes', '-o', 'wide');
show('get', 'pods', '-o', 'wide');
if (address !== '') await greet(address);
console.log(
  `\nThe cluster is up. Go on with scripts/mkube (get, logs, exec, apply, …) or kubectl; 'scripts/mkube down' turns it off.`,
);

/** Gives the pod's address. */
async function untilRunning(name) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { stdout } = ask('get', 'pod', name, '-o', 'jsonpath={.status.phase} {.status.podIP}');
    const [phase = '', address = ''] = stdout.split(' ');
    if (phase === 'Running') return address;
    if (Date.now() > deadline) {
      must(mkube, ['describe', 'pod', name]);
      console.error(`pod ${name} is ${phase || 'not there'} after a minute`);
      process.exit(1);
    }
    await wait(100);
  }
}

/** What the pod serves, asked from this machine; just running, it may not listen yet. */
async function greet(address) {
  for (let tries = 0; tries < 30; tries++) {
    const text = await fetch(`http://${address}:8080/`)
      .then((response) => response.text())
      .catch(() => undefined);
    if (text !== undefined) return console.log(`\n$ curl http://${address}:8080/\n${text.trim()}`);
    await wait(100);
  }
}
