/** What a dropdown offers: what it says and what it stands for. */
export interface Choice {
  value: string;
  label: string;
}
