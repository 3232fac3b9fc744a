/**
 * A bounded run of random requests at a server of its own: what went wrong of the answers, and of what the server holds
 * afterwards. The same seed makes the same requests. Not part of the product.
 */
import fc from 'fast-check';
import { pino } from 'pino';
import { type TestServer, startTestServer } from '../test-server.ts';
import { faultsOfState } from './aftermath.ts';
import { faultOfAnswer } from './answers.ts';
import { PROTOBUF } from './bodies.ts';
import { type FuzzMaterial, fuzzRequest } from './requests.ts';
import { DEFINITION, STORED, pathOfTarget, sampleOf } from './targets.ts';

export interface FuzzRun {
  requests: number;
  seed: number;
}

export interface FuzzReport extends FuzzRun {
  faults: string[];
}

const AT_ONCE = 20;
/** Deleted and broken samples are made again after so many batches. */
const FRESH_EVERY = 100;
const MAX_FAULTS = 10;

export async function runFuzz({ requests, seed }: FuzzRun): Promise<FuzzReport> {
  const logged: string[] = [];
  const log = pino({ level: 'error' }, { write: (line) => logged.push(line) });
  const server = await startTestServer({ log });
  await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'samples' } });
  const faults = await faultsOfRequests(server, { requests, seed });
  if (faults.length === 0) faults.push(...(await faultsOfState(server)));
  await server.close();
  return { requests, seed, faults: faults.length > 0 ? [...faults, ...logged.slice(0, MAX_FAULTS)] : [] };
}

async function faultsOfRequests(server: TestServer, { requests, seed }: FuzzRun): Promise<string[]> {
  const batches = fc.array(fuzzRequest(await createSamples(server)), { minLength: AT_ONCE, maxLength: AT_ONCE });
  const faults: string[] = [];
  let runs = 0;
  const property = fc.asyncProperty(batches, async (batch) => {
    if (runs++ % FRESH_EVERY === 0) await createSamples(server);
    const found = await Promise.all(batch.map((request) => faultOfAnswer(server.api, request)));
    faults.push(...found.filter((fault) => fault !== undefined));
    return faults.length < MAX_FAULTS;
  });
  await fc.check(property, { seed, numRuns: Math.ceil(requests / AT_ONCE), endOnFailure: true });
  return faults;
}

/** A sample of every kind where there is none now. */
async function createSamples(server: TestServer): Promise<FuzzMaterial> {
  await server.ask('POST', '/api/v1/namespaces/samples/serviceaccounts', { metadata: { name: 'default' } });
  await server.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', DEFINITION);
  const protobuf = new Map<string, Buffer>();
  for (const target of STORED) {
    const object = sampleOf(target) as { metadata: { name: string } };
    await server.ask('POST', pathOfTarget(target), object);
    const path = `${pathOfTarget(target)}/${object.metadata.name}`;
    const got = await server.ask('GET', path, undefined, { headers: { accept: PROTOBUF } });
    if (got.status === 200) protobuf.set(`${target.resource}.${target.group}`, got.bytes);
  }
  const page = await server.ask('GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles?limit=2');
  return { protobuf, token: page.body.metadata.continue as string };
}
