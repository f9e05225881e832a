import { sha256 } from '../kit/ids.ts';
import type { Finding } from './model.ts';

/**
 * What makes a finding the same one after lines have moved: rule, address, attribute and file; its message too where it belongs to no
 * resource. Twenty hex digits.
 */
export function fingerprintOf(finding: Finding): string {
  const { rule, address, attribute, range, message } = finding;
  return sha256(JSON.stringify([rule, address, attribute, range.file, address === '' ? message : ''])).slice(0, 20);
}

/** The fingerprints of findings in their order, made distinct: the second equal one ends in `:2`. */
export function distinctFingerprints(findings: readonly Finding[]): readonly string[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const print = fingerprintOf(finding);
    const count = (seen.get(print) ?? 0) + 1;
    seen.set(print, count);
    return `${print}:${String(count)}`;
  });
}
