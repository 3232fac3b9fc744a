/** Which objects of its resource an informer keeps: all, where nothing is said. */
export interface InformerScope {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}
