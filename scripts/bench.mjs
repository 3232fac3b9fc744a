// npm run bench [topic…]: measures mkube beside a peer or a floor in the same run and prints ratios. Never a timed test.
// Topics: up, start, pod, engines, memory, api, list, watch, growth, cli. A figure that falls short of its goal is printed as it is.
import { clusterOf, formatRows, prepare } from './bench/lib.mjs';

const topics = ['up', 'start', 'pod', 'engines', 'memory', 'api', 'list', 'watch', 'growth', 'cli'];
const asked = process.argv.slice(2);
const unknown = asked.filter((t) => !topics.includes(t));
if (unknown.length > 0) {
  console.error(`unknown topic ${unknown.join(', ')}: choose from ${topics.join(', ')}`);
  process.exit(1);
}

await prepare();
const rows = [];
for (const topic of asked.length > 0 ? asked : topics) {
  console.error(`${topic} …`);
  const { measure } = await import(`./bench/${topic}.mjs`);
  const cluster = clusterOf(topic);
  try {
    rows.push(...(await measure(cluster)));
  } catch (error) {
    rows.push({ what: topic, figure: `not measured: ${error.message.split('\n')[0]}` });
  } finally {
    cluster.reset();
  }
}
console.log(formatRows(rows));
