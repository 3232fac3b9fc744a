/** A runtime whose operations are counted and timed, under CRI's names. */
import type { Runtime } from '@mkube/runtime';

const OPERATIONS: Partial<Record<keyof Runtime, string>> = {
  version: 'version',
  status: 'status',
  runPodSandbox: 'run_podsandbox',
  stopPodSandbox: 'stop_podsandbox',
  removePodSandbox: 'remove_podsandbox',
  listPodSandboxes: 'list_podsandbox',
  podSandboxStatus: 'podsandbox_status',
  createContainer: 'create_container',
  startContainer: 'start_container',
  stopContainer: 'stop_container',
  removeContainer: 'remove_container',
  listContainers: 'list_containers',
  containerStatus: 'container_status',
  updateContainerResources: 'update_container',
  containerStats: 'container_stats',
  reopenContainerLog: 'reopen_container_log',
  exec: 'exec',
  execSync: 'exec_sync',
  attach: 'attach',
  portForward: 'port_forward',
  pullImage: 'pull_image',
  imageStatus: 'image_status',
  listImages: 'list_images',
  removeImage: 'remove_image',
  imageFsInfo: 'image_fs_info',
};

type Observe = (type: string, seconds: number, failed: boolean) => void;
type Method = (...args: unknown[]) => Promise<unknown>;

export function measured(runtime: Runtime, observe: Observe): Runtime {
  const methods = Object.entries(OPERATIONS).map(([name, type]) => {
    const method = runtime[name as keyof Runtime] as Method;
    return [name, (...args: unknown[]) => timed(() => method.apply(runtime, args), type, observe)] as const;
  });
  const counted = new Map<string | symbol, unknown>(methods);
  return new Proxy(runtime, {
    get(target, key) {
      const own = counted.get(key);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

async function timed(work: () => Promise<unknown>, type: string, observe: Observe): Promise<unknown> {
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  try {
    const result = await work();
    observe(type, seconds(), false);
    return result;
  } catch (error) {
    observe(type, seconds(), true);
    throw error;
  }
}
