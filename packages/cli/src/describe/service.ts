/** Describes a Service, with the endpoints behind each port. */
import type { EndpointSlice, Service, ServicePort } from '@mkube/api';
import type { DescribeInput, Description } from './describer.ts';
import { endpointSlicesOf, formatEndpoints } from './endpoints.ts';
import { eventsOf, writeEvents } from './events.ts';
import { formatPairs, writeHead, type Writer } from './writer.ts';

export async function describeService({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const { metadata, spec, status } = object as unknown as Service;
  const slices = await endpointSlicesOf(rest, metadata.namespace, metadata.name);
  const line = (title: string, value: string | number | undefined): void => {
    if (value !== undefined && value !== '') w.write(0, `${title}:\t${value}`);
  };
  writeHead(w, metadata);
  w.write(0, `Selector:\t${formatPairs(spec.selector)}`);
  w.write(0, `Type:\t${spec.type ?? ''}`);
  line('IP Family Policy', spec.ipFamilyPolicy);
  w.write(0, `IP Families:\t${spec.ipFamilies?.join(',') || '<none>'}`);
  w.write(0, `IP:\t${spec.clusterIP ?? ''}`);
  w.write(0, `IPs:\t${spec.clusterIPs?.join(',') || '<none>'}`);
  line('External IPs', spec.externalIPs?.join(','));
  line('Desired LoadBalancer IP', spec.loadBalancerIP);
  line('External Name', spec.externalName);
  line(
    'LoadBalancer Ingress',
    status.loadBalancer?.ingress
      ?.map(({ ip, ipMode, hostname }) => (ip ? `${ip}${ipMode ? ` (${ipMode})` : ''}` : (hostname ?? '')))
      .join(', '),
  );
  for (const port of spec.ports ?? []) writePort(w, port, slices);
  w.write(0, `Session Affinity:\t${spec.sessionAffinity ?? ''}`);
  line('External Traffic Policy', spec.externalTrafficPolicy);
  line('Internal Traffic Policy', spec.internalTrafficPolicy);
  line('HealthCheck NodePort', spec.healthCheckNodePort);
  line('LoadBalancer Source Ranges', spec.loadBalancerSourceRanges?.join(','));
  line('Traffic Distribution', spec.trafficDistribution);
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

function writePort(w: Writer, port: ServicePort, slices: readonly EndpointSlice[]): void {
  const name = port.name || '<unset>';
  w.write(0, `Port:\t${name}\t${port.port}/${port.protocol}`);
  w.write(0, `TargetPort:\t${port.targetPort}/${port.protocol}`);
  if (port.appProtocol) w.write(0, `AppProtocol:\t${port.appProtocol}`);
  if (port.nodePort) w.write(0, `NodePort:\t${name}\t${port.nodePort}/${port.protocol}`);
  w.write(0, `Endpoints:\t${formatEndpoints(slices, port.name ?? '')}`);
}
