/** A cell of what is shown: row -1 is the head. */
export interface Place {
  row: number;
  column: number;
}

/** Both ends are in it. */
export interface Rectangle {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** The active cell, and the rectangle of cells from where the selection began to it. */
export class Selection {
  #active: Place = { row: 0, column: 0 };
  #anchor: Place = { row: 0, column: 0 };

  get active(): Place {
    return this.#active;
  }

  get rectangle(): Rectangle {
    const [a, b] = [this.#anchor, this.#active];
    return {
      top: Math.max(0, Math.min(a.row, b.row)),
      bottom: Math.max(0, Math.max(a.row, b.row)),
      left: Math.min(a.column, b.column),
      right: Math.max(a.column, b.column),
    };
  }

  get isSingle(): boolean {
    const { top, bottom, left, right } = this.rectangle;
    return top === bottom && left === right;
  }

  move(place: Place, extend: boolean): void {
    this.#active = place;
    if (!extend) this.#anchor = place;
  }

  selectRow(row: number, columns: number): void {
    this.#anchor = { row, column: Math.max(0, columns - 1) };
    this.#active = { row, column: 0 };
  }

  selectAll(rows: number, columns: number): void {
    this.#anchor = { row: Math.max(0, rows - 1), column: Math.max(0, columns - 1) };
    this.#active = { row: 0, column: 0 };
  }

  /** There are fewer cells than before. */
  limit(rows: number, columns: number): void {
    const inside = ({ row, column }: Place): Place => ({
      row: Math.min(row, rows - 1),
      column: Math.max(0, Math.min(column, columns - 1)),
    });
    this.#active = inside(this.#active);
    this.#anchor = inside(this.#anchor);
  }

  isActive({ row, column }: Place): boolean {
    return row === this.#active.row && column === this.#active.column;
  }

  has(row: number, column: number): boolean {
    if (this.#active.row < 0) return false;
    const { top, bottom, left, right } = this.rectangle;
    return row >= top && row <= bottom && column >= left && column <= right;
  }

  hasRow(row: number): boolean {
    const { top, bottom } = this.rectangle;
    return this.#active.row >= 0 && row >= top && row <= bottom;
  }
}
