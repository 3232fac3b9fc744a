export { createNftablesBackend, type NftablesOptions, type ServiceBackend } from './backends/nftables.ts';
export { type NftRun, runNft } from './backends/run-nft.ts';
export { createServiceProxy, type ServiceProxyOptions } from './proxy.ts';
export { planServices, type ServiceRule } from './plan.ts';
export { createClusterView } from './dns/cluster-view.ts';
export { createDnsServer, type DnsServer, type DnsServerOptions } from './dns/server.ts';
export { createUpstream, hostNameservers, type Upstream } from './dns/upstream.ts';
export { resolveName } from './dns/records.ts';
export { createRelayBackend, type RelayOptions } from './backends/relay.ts';
