/** How many of something each key holds open at once. */
export interface Crowd {
  /** Lets one in, and gives what lets it out again; undefined = there are `most` already. */
  readonly enter: (key: string) => (() => void) | undefined;
}

export function limitCrowd(most: number): Crowd {
  const inside = new Map<string, number>();
  return {
    enter: (key) => {
      const count = inside.get(key) ?? 0;
      if (count >= most) return undefined;
      inside.set(key, count + 1);
      return () => {
        const left = (inside.get(key) ?? 1) - 1;
        if (left === 0) inside.delete(key);
        else inside.set(key, left);
      };
    },
  };
}
