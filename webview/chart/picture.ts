import * as l10n from '@vscode/l10n';
import {
  placeCount,
  tableColumns,
  tableRow,
  type ChartChanges,
  type ChartModel,
} from '../../src/chart/chartModel.ts';
import { echartsOption } from '../../src/chart/echartsOption.ts';
import { make, newId, type Announcer } from '../shared/elements.ts';
import { init, type EChartsType } from './echarts.ts';
import { pageTheme, wantsReducedMotion } from './pageTheme.ts';
import { dataAt, placeOf } from './drawnData.ts';
import { zoomOf } from './drawnParts.ts';
import { nearest, placeAxis } from './chartPlaces.ts';
import { PlaceMark } from './placeMark.ts';
import { isWhole, keepZoom, panned, zoomed, type Zoom } from './zoom.ts';

export interface PictureOptions {
  /** A place was chosen, or none is any more. */
  onSelect: (place: number | undefined) => void;
  onZoom: (zoom: Zoom | undefined) => void;
  announcer: Announcer;
}

/** What is dragged or zoomed is told, and its texts fitted, when it rests. */
const restMs = 150;

/** The chart as a picture on a canvas: zoomed by wheel and keys, and its places walked by keys. */
export class Picture {
  readonly element: HTMLElement;
  readonly #room: HTMLElement;
  readonly #o: PictureOptions;
  readonly #mark = new PlaceMark();
  #chart: EChartsType | undefined;
  #model: ChartModel | undefined;
  #changes: ChartChanges | undefined;
  #zoom: Zoom | undefined;
  #selected: number | undefined;
  /** Where the keys are. */
  #active: number | undefined;
  #drawnWidth = 0;
  #refit: number | undefined;
  #telling: number | undefined;

  constructor(options: PictureOptions) {
    this.#o = options;
    const help = newId('help');
    this.#room = make('div', { class: 'canvas', role: 'img', tabindex: 0, 'aria-describedby': help });
    const words = l10n.t(
      'Arrow keys go from value to value, Enter selects one, plus and minus zoom, Shift and arrow keys move what is zoomed.',
    );
    this.element = make(
      'figure',
      { class: 'picture' },
      this.#room,
      this.#mark.element,
      make('p', { id: help, class: 'unseen' }, words),
    );
    this.#room.addEventListener('keydown', (event) => this.#onKey(event));
    this.#room.addEventListener('blur', () => this.#point(undefined));
    new ResizeObserver(() => this.#resize()).observe(this.#room);
  }

  get zoom(): Zoom | undefined {
    return this.#zoom;
  }

  /** Draws a model. `zoom` is what was kept by the editor; without it what is shown stays shown. */
  draw(model: ChartModel, { changes, zoom = this.#zoom, selected }: Drawn): void {
    this.#model = model;
    this.#changes = changes;
    this.#zoom = zoom;
    this.#selected = selected;
    this.#active = undefined;
    this.redraw(false);
    this.#room.setAttribute('aria-label', model.summary);
  }

  /** Draws the same again, in the colours and at the width of now. */
  redraw(isSame = true): void {
    const model = this.#model;
    if (!model || this.#room.clientWidth === 0) return;
    const chart = (this.#chart ??= this.#start());
    const width = (this.#drawnWidth = this.#room.clientWidth);
    const option = echartsOption(model, {
      ...{ width, theme: pageTheme(), interactive: true, changes: this.#changes },
      reducedMotion: isSame || wantsReducedMotion(),
    }) as { dataZoom?: object[]; series: object[] };
    const { at } = model;
    const extent = at.length > 0 ? ([at[0]!, at[at.length - 1]!] as const) : undefined;
    const kept = keepZoom(this.#zoom, extent);
    chart.setOption(
      {
        ...option,
        // A slice has no band on an axis: it moves out of the pie.
        ...(model.mark === 'pie' && {
          series: option.series.map((one) => ({ ...one, selectedMode: 'single', selectedOffset: 14 })),
        }),
        ...(option.dataZoom && { dataZoom: option.dataZoom.map((one) => ({ ...one, ...kept })) }),
      },
      { notMerge: true },
    );
    this.#room.setAttribute('aria-label', model.summary);
    this.#showSelected();
  }

  /** Shows which place is selected, and brings it into view, without telling `onSelect`. */
  select(place: number | undefined): void {
    const before = this.#selected;
    this.#selected = place;
    if (place !== undefined) this.#bringIntoView(place);
    this.#showSelected(before);
  }

  /** A PNG of what is shown, at twice its size, as base64. */
  png(): string {
    const url = this.#chart?.getDataURL({
      ...{ type: 'png', pixelRatio: 2, backgroundColor: pageTheme().background },
      excludeComponents: ['dataZoom'],
    });
    return url?.slice(url.indexOf(',') + 1) ?? '';
  }

  #start(): EChartsType {
    const chart = init(this.#room, null, { renderer: 'canvas' });
    chart.on('datazoom', () => this.#onZoomed());
    chart.on('rendered', () => {
      this.#place();
      // For whoever waits for a picture.
      this.element.dataset.drawn = String(Number(this.element.dataset.drawn ?? 0) + 1);
    });
    chart.on('click', ({ componentType, dataIndex, seriesIndex }) => {
      const model = this.#model;
      if (!model || componentType !== 'series' || isLine(model)) return;
      // After ECharts, which moves a slice itself.
      setTimeout(() => this.#choose(placeOf(model, seriesIndex ?? 0, dataIndex)));
    });
    // Beside a bar its band is meant, beside a line the place that is nearest.
    chart.getZr().on('click', ({ offsetX, offsetY, target }: Click) => {
      const model = this.#model;
      const pixel = [offsetX, offsetY];
      if (!model || model.mark === 'pie' || model.mark === 'scatter' || (target && !isLine(model))) return;
      if (!chart.containPixel('grid', pixel)) return;
      const value = chart.convertFromPixel('grid', pixel)[placeAxis(model).index];
      const place = value === undefined ? undefined : nearest(model, value);
      if (place !== undefined) this.#choose(place);
    });
    return chart;
  }

  #choose(place: number): void {
    this.#active = place;
    this.#o.onSelect(place === this.#selected ? undefined : place);
  }

  #onZoomed(): void {
    const now = this.#chart && zoomOf(this.#chart);
    if (!now) return;
    this.#zoom = isWhole(now) ? undefined : now;
    clearTimeout(this.#telling);
    this.#telling = window.setTimeout(() => this.#o.onZoom(this.#zoom), restMs);
  }

  #onKey(event: KeyboardEvent): void {
    const model = this.#model;
    if (!model || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = placeCount(model) - 1;
    if (last < 0) return;
    const { key, shiftKey } = event;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
    const from = this.#active ?? this.#selected ?? (step === -1 ? last + 1 : -1);
    const to = { Home: 0, End: last }[key] ?? (step === undefined ? undefined : from + step);
    const view = this.#zoom ?? { start: 0, end: 100 };
    if (shiftKey && step !== undefined) this.#zoomTo(panned(view, step));
    else if (to !== undefined) this.#point(Math.min(last, Math.max(0, to)));
    else if (key === '+' || key === '=') this.#zoomTo(zoomed(view, 0.5));
    else if (key === '-') this.#zoomTo(zoomed(view, 2));
    else if (key === '0') this.#zoomTo({ start: 0, end: 100 });
    else if ((key === 'Enter' || key === ' ') && this.#active !== undefined) this.#choose(this.#active);
    else if (key === 'Escape') this.#o.onSelect(undefined);
    else return;
    event.preventDefault();
  }

  /** Shows the values of a place as the pointer would, and says them. */
  #point(place: number | undefined): void {
    const model = this.#model;
    const chart = this.#chart;
    if (!model || !chart || (place === undefined && this.#active === undefined)) return;
    chart.dispatchAction({ type: 'downplay' });
    this.#active = place;
    if (place === undefined) {
      chart.dispatchAction({ type: 'hideTip' });
      this.#place();
      return;
    }
    this.#bringIntoView(place);
    const [shown] = dataAt(model, place);
    if (shown) {
      chart.dispatchAction({ type: 'highlight', ...shown });
      chart.dispatchAction({ type: 'showTip', ...shown });
    }
    this.#place();
    const columns = tableColumns(model, this.#changes);
    const cells = tableRow(model, place, this.#changes);
    this.#o.announcer.say(cells.map((text, i) => `${columns[i]?.title ?? ''} ${text}`).join(', '));
  }

  /** Moves what is zoomed so that the place is in it. */
  #bringIntoView(place: number): void {
    const model = this.#model;
    const zoom = this.#zoom;
    if (!model || !zoom) return;
    const value = placeAxis(model).valueOf(place);
    if (value >= zoom.startValue && value <= zoom.endValue) return;
    const half = (zoom.endValue - zoom.startValue) / 2;
    this.#chart?.dispatchAction({ type: 'dataZoom', startValue: value - half, endValue: value + half });
  }

  #zoomTo(zoom: { start: number; end: number }): void {
    this.#chart?.dispatchAction({ type: 'dataZoom', ...zoom });
  }

  #showSelected(before?: number): void {
    const chart = this.#chart;
    const model = this.#model;
    if (!chart || !model) return;
    const tell = (type: 'select' | 'unselect', place: number | undefined): void => {
      if (place === undefined || model.mark !== 'pie') return;
      for (const at of dataAt(model, place)) chart.dispatchAction({ type, ...at });
    };
    tell('unselect', before);
    tell('select', this.#selected);
    this.#place();
  }

  /** Puts the mark where the selected place is, or the one where the keys are. */
  #place(): void {
    if (this.#chart && this.#model) {
      this.#mark.put(this.#chart, this.#model, this.#active ?? this.#selected);
    }
  }

  #resize(): void {
    if (!this.#chart) return this.redraw();
    this.#chart.resize();
    this.#place();
    if (this.#room.clientWidth === this.#drawnWidth) return;
    clearTimeout(this.#refit);
    this.#refit = window.setTimeout(() => this.redraw(), restMs);
  }
}

interface Drawn {
  changes?: ChartChanges | undefined;
  zoom?: Zoom | undefined;
  selected: number | undefined;
}

interface Click {
  offsetX: number;
  offsetY: number;
  /** What is drawn there, if anything. */
  target?: unknown;
}

function isLine({ mark }: ChartModel): boolean {
  return mark === 'line' || mark === 'area';
}
