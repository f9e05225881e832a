import * as x from 'kysely'; globalThis.x=x
