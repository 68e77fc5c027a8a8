import { useEffect } from 'react';
import { usePage } from '../app/usePage';
import { Notices } from '../frame/Notices';
import { Catalogue } from './Catalogue';
import { refreshStoredModels } from './commands';
import { StoredModels } from './StoredModels';
import { LocalFiles } from './LocalFiles';
import { ModelLookup } from './ModelLookup';
import './models.css';

/** Offers models that are not embedded: models of the hub, of this device, and those stored in the browser. */
export function ModelChoices() {
  const page = usePage();
  useEffect(() => void refreshStoredModels(page), [page]);
  return (
    <>
      {/* The notices of the page are behind the dialog. */}
      <Notices />
      <Catalogue />
      <ModelLookup />
      <LocalFiles />
      <StoredModels />
    </>
  );
}
