/** Lookup of messages for the compilers of this folder: a name that is unknown is a fault of the tables, said by name. */
import type { MessageFacts, MessageSource } from '../message-facts.ts';

export interface Messages {
  of(name: string): MessageFacts;
}

export const messagesFrom = (source: MessageSource): Messages => ({
  of(name) {
    const facts = source(name);
    if (!facts) throw new Error(`no facts about the message ${name}`);
    return facts;
  },
});

export const scalarTypes: ReadonlySet<string> = new Set(['string', 'bytes', 'bool', 'int32', 'int64', 'double']);
