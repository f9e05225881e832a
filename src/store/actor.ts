/** Who does it, for the event. */
export interface Actor {
  readonly id: string;
  readonly username: string;
}
