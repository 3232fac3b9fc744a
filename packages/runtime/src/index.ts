export * from './runtime.ts';
export { createFakeRuntime, type FakeRuntime, type FakeRuntimeOptions } from './fake/runtime.ts';
export { createFakeEngine, type FakeEngine, type FakeEngineOptions } from './fake/engine.ts';
export { runFakeShell, type FakeProcess, type FakeProgram } from './fake/shell.ts';
export { createLogEncoder, type LogEncoder, type LogStream } from './logs.ts';
