import { z } from 'zod';

/** Milliseconds UTC. */
export const at = z.int().meta({ description: 'milliseconds since 1970, UTC' });
export const maybeAt = at.optional();
export const ms = z.number().meta({ description: 'milliseconds' });
export const maybeText = z.string().optional();
export const count = z.int().min(0);
export const done = z.null().meta({ description: 'done; there is nothing to tell' });
/** Values by name. */
export const values = z.record(z.string(), z.string()).readonly();
export const list = <T extends z.ZodType>(of: T) => z.array(of).readonly();

/** A shape that the document names; its id is its name there. */
export const shape = <T extends z.ZodRawShape>(id: string, fields: T) => z.object(fields).readonly().meta({ id });
