import { getRandomValues } from 'node:crypto'
