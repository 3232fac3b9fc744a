export { type Controllers, type ControllersOptions, createControllers } from './create-controllers.ts';
export { type Flags, defaultFlags } from './flags.ts';
export type { ControllerContext, ControllerEntry } from './context.ts';
