import * as x from 'cli-table3'; globalThis.x=x
