import * as x from 'chalk'; globalThis.x=x
