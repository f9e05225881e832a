import type { AgentFact } from './types.ts';

/** Kinds of agents that are served: Linux, with a token. What is known only later (`''`) is taken for served until the state says more (spec 4.1). */
export const isServedAgent = ({ os, auth }: Pick<AgentFact, 'os' | 'auth'>): boolean =>
  (os === 'linux' || os === '') && (auth === 'token' || auth === '');
