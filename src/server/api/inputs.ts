import { z } from 'zod';
import { ANY_OWNER } from '../../api/paths.ts';

/** Longest text of people that is looked at. */
const LONGEST = 1024;
/** Written with ranges, as every reader of the API's document understands them. */
const NO_CONTROL = /^[^\u0000-\u001f\u007f-\u009f]*$/;

export const text = z.string().min(1).max(LONGEST).regex(NO_CONTROL, 'has control characters');
export const optionalText = text.optional();
export const nothing = z.object({});
export const flag = z.boolean().default(false);
/** A whole number from `least` on. */
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER) => z.int().min(least).max(most);
export const assignment = z.string().max(128 * LONGEST);
export const assignments = z.array(assignment).max(200).default([]);

export const named = z.object({ name: text });
export const workspace = z.object({ owner: text, name: text });
export const noProviderSession = z
  .literal(false)
  .optional()
  .meta({ description: 'false = start each provider anew for every step' });

/** The name as the application reads it. */
export const fullName = ({ owner, name }: { readonly owner: string; readonly name: string }): string =>
  owner === ANY_OWNER ? name : `${owner}/${name}`;
