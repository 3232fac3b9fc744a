/** Describes Endpoints and EndpointSlices. */
import type { Endpoints, EndpointSlice } from '@mkube/api';
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { writeHead, type Writer } from './writer.ts';

const UNSET = '<unset>';

export async function describeEndpoints({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const { metadata, subsets } = object as unknown as Endpoints;
  writeHead(w, metadata);
  w.write(0, 'Subsets:');
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets ?? []) {
    w.write(1, `Addresses:\t${addresses.map((a) => a.ip).join(',') || '<none>'}`);
    w.write(1, `NotReadyAddresses:\t${notReadyAddresses.map((a) => a.ip).join(',') || '<none>'}`);
    if (ports.length > 0) {
      w.write(1, 'Ports:');
      writePorts(w, 2, ports);
    }
    w.write(0, '');
  }
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

export async function describeEndpointSlice({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const { metadata, addressType, ports = [], endpoints } = object as unknown as EndpointSlice;
  writeHead(w, metadata);
  w.write(0, `AddressType:\t${addressType}`);
  w.write(0, ports.length === 0 ? `Ports: ${UNSET}` : 'Ports:');
  if (ports.length > 0) writePorts(w, 1, ports);
  w.write(0, endpoints.length === 0 ? 'Endpoints: <none>' : 'Endpoints:');
  for (const { addresses, conditions, hostname, targetRef, nodeName, zone } of endpoints) {
    w.write(1, `- Addresses:\t${addresses.join(', ') || '<none>'}`);
    w.write(2, 'Conditions:');
    w.write(3, `Ready:\t${conditions?.ready ?? UNSET}`);
    w.write(2, `Hostname:\t${hostname ?? UNSET}`);
    if (targetRef) w.write(2, `TargetRef:\t${targetRef.kind}/${targetRef.name}`);
    w.write(2, `NodeName:\t${nodeName ?? UNSET}`);
    w.write(2, `Zone:\t${zone ?? UNSET}`);
  }
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

function writePorts(
  w: Writer,
  level: number,
  ports: readonly { name?: string; port?: number; protocol?: string }[],
): void {
  w.write(level, 'Name\tPort\tProtocol');
  w.write(level, '----\t----\t--------');
  for (const { name, port, protocol } of ports) w.write(level, `${name || UNSET}\t${port ?? UNSET}\t${protocol ?? ''}`);
}
