/**
 * Room that all requests share, given out for a time. What is not given back in time counts no more: the runtime may end
 * a request whose client has gone without running its `finally`, and the room would be lost.
 */
export class Leases {
  readonly #limit: number;
  readonly #taken = new Set<Lease>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Undefined where too little is left. */
  take(amount: number, seconds: number): Lease | undefined {
    if (amount > this.left) return undefined;
    const lease = new Lease(this, amount, seconds, (ended) => this.#taken.delete(ended));
    this.#taken.add(lease);
    return lease;
  }

  get left(): number {
    return [...this.#current()].reduce((left, { amount }) => left - amount, this.#limit);
  }

  /** The lease that was taken first. */
  get first(): Lease | undefined {
    return this.#current().values().next().value;
  }

  #current(): Set<Lease> {
    const now = Date.now();
    for (const lease of this.#taken) if (lease.end < now) this.#taken.delete(lease);
    return this.#taken;
  }
}

export class Lease {
  readonly #leases: Leases;
  readonly #giveBack: (lease: Lease) => void;
  #amount: number;
  #end = 0;

  constructor(leases: Leases, amount: number, seconds: number, giveBack: (lease: Lease) => void) {
    this.#leases = leases;
    this.#amount = amount;
    this.#giveBack = giveBack;
    this.extend(seconds);
  }

  get amount(): number {
    return this.#amount;
  }

  /** In milliseconds, as Date.now() counts them. */
  get end(): number {
    return this.#end;
  }

  /** From now on. */
  extend(seconds: number): void {
    this.#end = Date.now() + 1000 * seconds;
  }

  /** Says whether there was room to. */
  grow(amount: number): boolean {
    if (amount - this.#amount > this.#leases.left) return false;
    this.#amount = amount;
    return true;
  }

  [Symbol.dispose](): void {
    this.#giveBack(this);
  }
}
