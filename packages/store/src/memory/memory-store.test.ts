import { describeStore } from '../conformance.ts';
import { openMemoryStore } from './memory-store.ts';

describeStore('the memory store', { open: () => openMemoryStore({ expiryIntervalMs: 20 }), seeds: [1, 2, 3, 4, 5, 6] });
