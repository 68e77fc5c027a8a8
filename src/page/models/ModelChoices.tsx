import { useEffect } from 'react';
import { usePage } from '../app/usePage';
import { Notices } from '../frame/Notices';
import { Catalogue } from './Catalogue';
import { refreshKept } from './commands';
import { KeptModels } from './KeptModels';
import { LocalFiles } from './LocalFiles';
import { OtherModel } from './OtherModel';
import './models.css';

/** Offers the models that do not ship with the page: models of the hub, of this device, and those that the browser keeps. */
export function ModelChoices() {
  const page = usePage();
  useEffect(() => void refreshKept(page), [page]);
  return (
    <>
      {/* The page shows its notices behind the dialog. */}
      <Notices />
      <Catalogue />
      <OtherModel />
      <LocalFiles />
      <KeptModels />
    </>
  );
}
