import { z } from 'zod'; globalThis.x = z.strictObject({a: z.string(), b: z.record(z.string(), z.unknown())});
