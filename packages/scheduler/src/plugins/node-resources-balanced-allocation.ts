/** Of two nodes the better one is where CPU and memory would be used in more equal parts. */
import { MOST, type Plugin } from './plugin.ts';

export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  score({ requests }, nodes) {
    if (requests.milliCpu === 0 && requests.memory === 0) return undefined;
    return nodes.map(({ allocatable, requested }) => {
      if (allocatable.milliCpu === 0 || allocatable.memory === 0) return MOST;
      const cpu = Math.min(1, (requested.milliCpu + requests.milliCpu) / allocatable.milliCpu);
      const memory = Math.min(1, (requested.memory + requests.memory) / allocatable.memory);
      return Math.floor((1 - Math.abs(cpu - memory) / 2) * MOST);
    });
  },
};
