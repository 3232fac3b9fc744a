/** How a sandbox's network namespace gets an address. Runs in the node's own network namespace. */
import type { PortMapping } from '../runtime.ts';

export interface AttachRequest {
  /** The sandbox's id; attaching it again gives the same address. */
  id: string;
  /**
   * Put before a program's argv it runs that program in the pod's network namespace. It may be what makes the namespace
   * (unshare) and is used once.
   */
  enter: readonly string[];
}

export interface PodNetwork {
  /** Plugs a namespace in: addresses, default route, loopback up. */
  attach(request: AttachRequest): Promise<{ ips: string[] }>;
  /** Of a sandbox that is plugged in. */
  ipsOf(id: string): string[];
  /** Takes the address and the node's end of the wire away; idempotent. */
  detach(id: string): Promise<void>;
  /** Forwards ports of the node to the sandbox; what was published before for it goes. */
  publish(id: string, ip: string, ports: readonly PortMapping[]): Promise<void>;
  /** Frees the addresses of all sandboxes but these: what a killed process left. */
  keepOnly(ids: ReadonlySet<string>): Promise<void>;
  /** Undefined where all is well; else what is wrong. */
  fault(): Promise<string | undefined>;
}

export interface NetworkOptions {
  bridge: string;
  podCidr: string;
  mtu?: number;
  /** Starts the name of every link and table made; at most 10 characters. */
  namePrefix: string;
  stateDir: string;
}
