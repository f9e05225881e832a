/** Types of podman.mjs for the tests. */
export function ensurePodman(): boolean;
export function startPodman(): Promise<{
  host: string;
  image: string;
  podman: (...args: string[]) => string;
  stop: () => void;
}>;
