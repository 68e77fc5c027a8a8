import { gunzip } from '../../gzip';

/**
 * Files that PyTorch 1.13.1 (Debian) wrote, gzipped because of their padding. `protocol2` and `protocol4` (torch.save
 * with that pickle protocol) hold an OrderedDict with `_metadata`; with base = torch.arange(12.).reshape(3, 4) - 5.5 and
 * shared = arange(10) in bfloat16:
 *   plain base · turned base.t() · turned twin, the same object · column base[:, 1] · tail shared[4:] · whole shared ·
 *   every other shared[1::2] · expanded tensor([1.5, -2], float16).expand(3, 2) · scalar tensor(-1e4, float16) · empty zeros(0, 3) ·
 *   double [0.1, -3] · long [[-1, 2 ** 40]] · int [-7] · short [-300] · char [-3, 4] · byte [255, 1] · bool [True, False] ·
 *   parameter Parameter([[2.], [3.]]) · höhe ones(1)
 * `legacy` is the same in the format before 1.6 (_use_new_zipfile_serialization=False). `module` is torch.save(Linear(2, 2)), `script` the
 * same through torch.jit.save(torch.jit.script(…)), `training` a dict of an epoch, a state dict and the state of an optimiser.
 */
const GZIPPED = {
  protocol2: [
    'H4sIAAAAAAACA72XW3ATVRjHTy5N07RqC+UmClUQU4XSpHdFGgKGyyK0C2hEseSydAPbJF9yQilaqZeUi6IV8QIqgly8ofKC',
    'M44z2lFfndEZmHH0QUYffPVVHanfOWfZ7CaFUh7cmZNNzp7/77ud8+2kS3I4CXG7SclVSWaQtH9xPEIjDekdWig4lWwuvYbs',
    'sVhK05QYTaSSWc/6TFzJKPEViRj1AKmXweYNlyEsrUUSSbDHaCoTUxt6cjShZT09GSWaS2jxHqoks6lMz06/Bxxeb7gcBVlc',
    'GelVwCkknpCWitANYtIDZWEbrmkEV9iB91g6B+VSFQV3t0Qkh+QchgrJKdmGwbNfZU5UUqiS4aawCxfTXCapxOFmFS2pTlWQ',
    'fHCLygnVjOCUHMNQI9kYaIogTKVQK8O0cKVBqKP9GNF0dRqnYg5yfUmYcYWq6ryZ3Yhx5GGW5MzDrYI1m8JtMtwedjJWJKHB',
    'HKHSIw3yUH2tRrBzuYt+qEOkh8Id3eigKw93SrY8zBPI+RTukmEBT3W/mtIUuFv3ZK6qy7wsMk8e6pnsHiG7l8JCGRbxqJSd',
    'SmagLkVVJQMNxeLFLIyyPDRK9jz4hNhPoUmG5jDbOsqudCQZx7S2WEJZFdG2GWG08jCaoA2Rdgrtolb2YejAL1ir+wT2fgpL',
    'ZHiAZzUbi2iRDCzV3RGEZuhEgo1CAAn19UK1jEJQhuU8AUpfmg7ACkuBW+BBFBEKIWaWsAKvROtodpUArKawRgaJm42nclFM',
    '4VpLLCv4pBHNQxzbCutENOsZFnPTxbLbLZAyhQ0ybOR11lLJXthkAa7FKQP3MMe1wSMCF2Y4G0vOo5KdeblZIB+j8LgMW/iu',
    'TyQpPGEhrk4WTkgPB7bDVpGrCAfmIco+YgIWp6DIsI3nLKumMhR6LbgNbM4AqhzYAQkB3K4Dd7APTQD7KCRlSPGAYyoWLm3h',
    'LccpAwdhOzt3jZAREWf1BFLGywneTgr9MuzivOgAVWDAelBwyuDtFjwfPCl4T+m8QcZ7WvD2UBiS4RnBS6U0eNbKwymD95zg',
    '+eF5wcvrvGHG2yt4+yjsl+FAuII1uEgm0qdQPDwvXKXJGSs88KKxN7mRJjgojLzEjbB6v4zVx9uIMPQKhUMyvLqP/zi8F16T',
    '4XVeNvXbz1UF3rDimuFNUaMjeo2Oso+3BOptCu/IcCw3CO9yv3vQpQjr8XCcPz/hDbPmD+8NwkneiLEtZLG1wynJluX7LpuL',
    'wulBOONVT0l2PhNN9ML7B1z8rWHj22QbfLCy85J4j/CJJHy4jn/R4KMt8LGXbW7+execVTgkqfTCJ2v+GRsb4/N98OmadI2N',
    '5HLZaEOXVO4OLfhlQEEbbHRd9aVVQeZfeWktbgwF68Z7ZVkuQs6NEjKCYyuOOhyjXyOHjU78jqMugM9wjOA4F2CufHdyzsxG',
    '9v4h13ZlluGKLxScRv5n+x4ys2Afc1E7rgP/Ohlx+uozf7C9Y5+A6CoQMSQ7EsdsTD/7179PT1LvF3obYfqv5n0TnqS+Sehx',
    'GvMS4Hk5v59+yWTuCSiBAqU5FFwy4R659v4Z6mS2t28/cZb1FecEe6LMsI0JsBGuR/cDQ4HjgdHApQBZVr2M8fKZub/XoqJ2',
    'Al6LwcOE+CYfCllKRpm91osXD0/O/2bu/29/MvVBWDhirR8ZV11uqFtCQQfz9vrOT+tVz8/RI+z6olNo3DyW/tQP+Wr8VT1B',
    'LB0Gvy0UbLmxbTCmX6L5Eb6bw2dn7J6c/fYbtv8X2mY25x0//PPk6tfB63fhMlOPfb/v8nWfP/2NIM5fk4fpfzzWu6mgt9l5',
    'LXSCuXFXljBN/zCKheY2V2ERnXeRQpe/flmgvCDzFcvMLdBjkY2aZSXmzK3PqpviNulK7JlbnlUnm3X+Yp25yVl1h8y6pmKd',
    'uUFZdT+Zdc3FOnMjsqZzY0VBV+KmuZ9YZadMshIvzY3EKqv1FGSGk+N3GUsyTbKWYmvmRmGVDZlkrcUy8/m2yi6ZZG3FMvMR',
    'tcq2VhZk7cUy89m0yi6YZB3FMvORLNqXVcR0jLskl2uh/mSOY5Gxqqbo/plDT2iVuKOunPe8anKl9+FcmUtoavh6sfY/vhK8',
    'cmMQAAA=',
  ],
  protocol4: [
    'H4sIAAAAAAACA72WXWgcVRTH78zs96aatKmNFGowUDdQ02yy+QJptmtZbUc0pghFkDi7O81sncyss7NNIwh5SW3kCoFcQX2Q',
    'iOhToX1QQQSNH6+CSvvSF4s++Oqril3PndndOTOb7mb74MBld+7e3zn/e+49f3ZBlkKExGKk7UmSI6SSOVlSbGWs8pqezx0i',
    'L7c/66F3h8IuQJNFU9fVol02jSqjyReskmqppTPlos222egiS9FwRVfKBqN9tmkVtbGlml3WYenBJUst1Mp6aclWjappLV2e',
    'ACKVotEqLFSWVUbDDgFkXjcV+3xjeptRYZxRqVipMbnPZi/KRJbk0FUmh2ThKtvUREhrs0VGI3bNMtQS06KplBbTklRIM+1A',
    'kwnJEjACJxGTdJlhexU0a0dpBPZXWzFaMbTDzQiCLG1Azg1Mh2ylrDfXxunDOUd5ehprn+AaEjxCSI5ABMEXIbyqmbraDHFc',
    'e6K5mMiJtsVJ9bJqrQ2btqZaeyCCHAZE9CEx9UpFMUpeVeI0+ayiX8QKJ7lCsVlZEapEgpWtFhVdaeU8RYUMZwSHGR3F+1FX',
    'KvYaOoIpvpC4wYlzBFIweMmsFbwaxOmBM84EljiNJIptdQnpprGMNvgcvGJ6BtGCs0ExoEEqG7YXIHHW8F2/WW+zPHPwCKua',
    'aSG67zx/x/xcRz5U1LzSgvqn4RXRYnq88+YLazYqXjIHrz483QU3TR3j8OrDJzri8YpiKSuqzS9kGDW5N73tXQYxja+acwZw',
    'Hr6TuOZ8e8upq/b9F5qK6UynOtbeBDVLkFPhdsac+RQlDKaj0DZVcCwgqlSq1gowmdI+k0UqFcrL7O2I420CFS6yZ+bvNpxO',
    'MNjzVNDZKyzFLw0VrjCVSoa6zM79U6/XqbDCzlUGBFKrVQtjC3I0dmfzUGYEfJKPhftabpwcb1ruyfF87vG9DDfwEHJzl5At',
    'GK/CGIax+w1E4mMevsMYzsJvMLZg3MxyMT98fGxoHBbw0UnMoy0x6XzuMPmf8yfIkJcfqjG4p4B/QzziI2c//UMERuwSMeJF',
    'hC2JELEucP7or39/0iM/4fIC4fzXI99d6JGfdHmYhrpknbp8vml/xbFYlyhZL0omn3tqH7ek0/1Zn+e5L1366DokJKEudyLc',
    'yg0FEIjDg/zsenYnu5u9myWn+0/zeBvWY78PAjHYJd5UKx4UJN37VsgpssvzTd++zXrTn3H0//Ynp995/cSW//zInnS0RU/l',
    'cxJXu7/+mb5v/3zwPn++nHeZmLOXVfOnjX546++yl7lW/Jl8burBrkG98bguR5zbfOH6kTd6yz/7wPn/gtw858gOu9Pb+c05',
    '53frHqfrP167t+/+axi+23+TCc7//OHySx4viM5ZNCJg6062xUT/kIMgtrm4D6qGiefz+8dAvtf5QQxbYMJHrWOsLR22Pj/3',
    'C+ba8mHL83MHo4ibCHLY5PzcIuYmgxw2KD/3HuYyQQ4bkb+cgzGPa5OJ/cSPlRDWphIbiR+7hbCWyL1dxlfMuIdNBbNho/Bj',
    'WYRNBzHc335sB2EzQQy3qB8bTnjYbBDDvenHGMLmghhuycC9dLFGGy/IkciJxi/HpCdbqwYCnzekRkEbPQxclH9++xBpeh/M',
    'hSMuM+Csd9f+B78TT04jDwAA',
  ],
  legacy: [
    'H4sIAAAAAAACA52VWXfbRBSAJdvZ1LRNgQJlNbvDEuQ1CUvjtCFd1C0Ki1iCK9tq5KJIvvKoSQqBsDhtw1Z2WgqUtWUPL5zD',
    'EzmHv8AP6OGNN157WMKdGVmOdU5emOMZS1cz371z79w785FFyfr7zOjF+OHzB7b0zUf2/hHFcQ6EhNYjCELVdYhTcqzCEcOt',
    'VRwbRJygrccvVoUQyygYdrmi2xA5rkkoJLNVo1CrHDVqEJ2DWEJrQ2HNdFwCbUpEi+JbxSbQrsS0GGU49iR0KDHPQ50lVGMZ',
    'JYJaatJ+t2y4RnmkUiISCL0qiJxVtfQKaisRxy2ZfQWPVKyaVHCNolexygVi2DXHLRxJSRBNJLQOqhxn6pMGxPgSadRydDLO',
    'hRK0aV04JzMop7KynE5BOzOxVPXQqu59BDrHFEGJKrEF6FJiirgA0gmTWrOOQLcK67V2umfPtY0ybDBRpRkzVyPT6RxsNDmq',
    'h6JiSnQBNikiJV7CUZcSuEyFzdq6ABUn07jHy83NDI9e8aZsuGIN/JU+fssYUqN1uEqJ1eFqjr6GwLUqXMdcTfSKBddziO+K',
    'bcwXyVzgjThjZ7P98oA8kMzBDciWkH3jGBreXoebFLEON3P2LQRuVeE2FpRp07EMSPgWhim9PuV26gCpDndQyp2ccheBPhXu',
    'Zps38IjNxh1iGi7Ia7CSPitFd9tWh7QSqUOGs7IEcir0a52UNVPV7TJGZaBlxzt161Cw28EmO5npT8E9yI4g+14e88gC3IcP',
    'GPP7OX8rgSEV8iwotZJu6S4M+2Y2UKlUf382NwDbECUiajuienv58hECD6gwyhxmTFXJLOwIhzSbTOWyOdiJqwVcvYsaItAT',
    'sxvtQUMUTtpDYK8K+5ghZccrou/3t2xzhAmDjR5oWjeIboQxf6Mq5aP/xmlAHuTshwg8rMIjzezUWsh7UBRwH21yc9lMBh7z',
    'uY9Trkgd+IQSoXZPcPaTBAoqHAyqgN6C3mU307K4KjSDKRlKvj/LjFwHgw6HOHWSgKlCZVWlOdzCHaeygPxUg5yU07kBGSyf',
    'POWTbTo4nFwlACq4zBclE8NdawFvR1HAJQE3NSijjz3fF0d8H09T7gznzhI4qsLTjFucJQY805qWKAq4c01PpPvRx8/63Od8',
    '7jzlPs+5LxB4UYWXONdxLKi3clEUcBea3ExGluGYzz3uc09Q7iLnvkzgFRVeZSuquqtPGQRT9LU1anAwQ4LXWw44U5aV8YCf',
    '9JW9wZTRE/Imnhf8e4srfJvAOyq8e5y9vHcM3lfhFIuv+etPpgGnw9hkKp3FUviBH8szfiw/pMNHHPkxgbMqfOLNwadsVQFN',
    '1Ms60eEz9v3zhIZSAb6Ygy/ZvdG4784pYo2d2JpXhPNz8FXCPOffZMXKJHy9SLNQEERNxPEQfLNj6AITCExgw7f72IMF303A',
    '9wmaFux9Bn4wGMQ2JmFp918rKytMPgU/7q5uEgXPqxXxTpyg93DrFSWGLoBIqHpEQ1kZC9WmtlA1aA+V2I5QWewM5WJX6ERK',
    'oZO0LhTs7lDGrQ9FbUMoczYafd1Coy0tC8JJ7Aexx7Ev/4JC2ofwGXs8j9+wn8S+lP+/6xqrIv7/it94ZNmPtd//bMw4fYq2',
    'n4f4W+eyFGieHxLy+fx8/mx+OX8hLwz3DDfWCFuF5QbpItIDbWLjSQwswIZW5fON+b/9K67S0Jj1T+w/xJpe878JAAA=',
  ],
  module: [
    'H4sIAAAAAAACA5VUSW/TQBSeOGmSuk3SBbqllLI2LW3atBQKVBwilIsrCEFIFhKyHNuJrbp2nj1uuSDRQxcOXPgBCAkJxJkz',
    '9Bdw4G8gJMQ/6MzYaR1XqcRI1tO89y2eN0tViCcQSqfRmZFDw2jLVj1TW1RlLBdbm2alnEMvOscbTsG2o+hFyyr6aLdoGpYm',
    'O/yGHwDN7kLsNXAFkbpgRzYsw2pC/FDsI3OpJTvyloY1x4WEotimqSnYsC2Xf+KomqOpjwwF89AzW4NkQUwSxo5mNHUMqcBY',
    '8rBhurzkaHXPMNVTPR7SXSBYs1zbkbaXeegtFMQUEXUJUm5qwPsUvmLaMn7mJ3noE2MEswT9YpxEpeVBRkhgyD4VkMAJ3D7k',
    'SIjtw8Bbnf7oIIahGgwfssmFA7hYgxGRtBnVDdmFUT2tE1ud133ZEozpGYHDMM7k9mBCiO1B3peaxHCpBlO+1OUDmK7BFY81',
    'Uqp7jQbt2lVWuybmadKyLalFsoZLFonbGMnVMFxXJImuHxuWJPEkw8ONl3BzD2ZqUBBzTFJWNndkR5V02950YZYpz4kjtGa4',
    'UsMzzU4M3HosZmm1YTsh4jwjLohD4VLL0YJykZUXxUFadrGMNUkluxxUl1i1JE7QKtkGNQw5FVlmsBV/2WdgttuWu81wq37P',
    'giMKd1jyLjuBpB0NTcaeQ/JrAif2k5zt4dPkPYHz6sWqkEqv/5l895tDiH7Vrjcng/Lhm7O4VCmPRu9Ne+RbMw8//fvy/VVv',
    '39F4bvqIukzO/dwYIDr0O89ltcOlVCmXurl0H049dfT12+cf1He0MPyAGqXP9c2i9bbvNj1otlUpr/2/cTBWeOr860PzOWkp',
    '4phzjIYT73DPc2f+JvJCRcnhVmY6iPfjqHOTotRwNzqpHyPUUpQaXk62gzqWQJHmVYVkcj6oTsUXTpCJSPwbxPdBgvDou4V2',
    'e/x5jOV6kj4nwfA+9hgDhWnc4wUAAA==',
  ],
  script: [
    'H4sIAAAAAAACAwvwZmZhYODgYMAAvAyiDMXJRZkFJfopiSWJ+gZuToIMUehAukDdbvHH5XsrOLn3S/Ir7A/wZueQ0TrrIwA0',
    'AYQD8JhvimK+oZuTIab5hEBREvv+lZuX7QPZK64hbA2yiAOvvfwM1sj26hVk57g5mZNuMwQ0MCXHx5fkFyVnxMfrgWm9vDy9',
    '3PyU0pzUYr2czLzUxCIuHwhVyKDZWKsRwQZ0RHlqZnpGSSFjMkRLfGlJZk4xV3xRalJpZk5KfElqXnF+UXyZEVchk4ZGBDtQ',
    'RzFQZWJ6aiEzRAuXW05+YkkwRJCrkCWCEajGoJA1ghlIJxeUFrJ5s5QEFrJ7M2h4M3kzlYBIxpKO5OT8nJzU5JLM/LxiLv+i',
    'lNSi1BSXzOQSrkIOzaCSoELOCGCoMSRlJhYXcmUArc5gzoAYbVjIncEGNCewkAdsJNBAoHEZEF28EaBwLilKzMzLzEsv5OuI',
    'EAPy4zOL49NKc3LikxKTs8sTi1LiM/Lzswv5/UqTCgX0QBGm82GSsSXQdBAGRZgIMMIwY8yAQRMWYcn5Kan68PDWB9P6eXn6',
    '0PDWh4S3XkGlm5MqcTFaG7A777ABz53Poi3q0gWmJSYT+ube8rvZ5DAhV0tsUUCbHMev70sztr+Y0vnk7scfM/Z4ctrJLOx8',
    'mz6j+3ieBUPG3lkZ72YYqq19yPH8WeO7XU+WtaeVqBXu6cjTufavU2vLy4QG4SCuiRNX/Y9/niFjucvIrO3B6l7vW2Lvv2Ys',
    'u334SKS+4p0Z/7lalr8XjRT2uibmqye4+vZu5cfn+z61su83ev9C03Yxq3SSab5wlfWHd5ZHMi9GeYa4vNKT9zh12vnKt+nz',
    'dq/+G/XpvaDsnj1vXyq8qfsiuGrrLS3FJ99k1+1sEKz0bcp9Y7Za9H+d+aul663/MIDCPNlb5sVbYKjOxxvmVgzaJIe5Xgow',
    '9abHg/OTOrH5ydbntNdhB5G5S+w+s+qlz3SaLRjTEashmqObLJJ0IEfliWHmsb7JZ5Sn6LGUfxavWz05onpHwbu9zz++VRNn',
    'aDjqLXLu8ZdcUftl6wu3VMUt+/jn30tHBvuNRgJ+RZmcUVOWNIUqb5+pU+saYdo4ZfvceQdnFFw9YTjn3rvrM9XvPKmSf63Y',
    '+U6lvbsh0M/oJf9BzjfRTboLX//6fyJz2bF5EqrmZr1WqoKLLbPKd+X9ENVaeemymbbZzVkaS6Qjr3QUf7k5RXZz//5PC+52',
    'Kuv2GWqwuX9wLJ2wbcsNg0dPZVNTvXambTslrP5vt39JCyOb2xy+FPU/Ra/iDvKVGb74KijmNueh9R6TG4YP+4Plz7jNmf1A',
    'HBQ3Nqr+CzmB8eLLiK8AE0EUnMnAbFySmFdSDCnFyCg/G5g0wVkxV58zHJT1WfCWnXwMDjCry1KLioGliJuTDblFJxgYc4Fs',
    'vzgvPZQJaD4T2HZGEAW3H7k24cVwEUoNha4VuUJA1ZqAptUQXSty0cSPovUGqlZQyEM0I3ISch4zQNHcycRAcr5CNx05lVih',
    'mP6XmYGCXIseBMhJQgTFnpmsDFhTILoJyNHKh5qG2RjQElKANxubDlRWjlkXrpIdjf7OCKEnsUFooD6wVCfUTkawGCsbRA87',
    'WD1ELQCFiYUl6wgAAA==',
  ],
  training: [
    'H4sIAAAAAAACA5VUS2/TQBC2nbf7SNpCS2kp5Vn3lUcr9VBQK1WQHMwjFIEspMra2JvEwokz9rq0SJG4tCgS4syJC1JRz5yh',
    'f4AiwY0rZyTUA+qFA+t1VJJUVDCWNdrZ+fab/WbsvBwIclw0yh2zPvoQGxlVo1pK6YigZO2xmV3p4R612jOhDpykhCgA1yyt',
    'DLwcUES6cggiWNUNjYCgaZZpYo0YVtUR79o6trF+g+6IEJhchaCkhCngCTZKZQIhjVi2Vk6qLjFMR1RtXHANU1cJrjqWra7P',
    'iRCWJCXCKCwblTBEfIiYNS1E7vtBEaIKT3PSEFMC1Gs1F0Q5SKDrnszJgixsQzd1/Db0NMpeFb0E4quQUKgaXMFADvSVKU85',
    'UvbPyUB/WZQFAgMMvwWnZH4LTvvYQQJDq3DGrcOwEqPJagUT5EkGZ9n+iOIJCqN1OMcKX8e2Q7WAMZl3HKfA1LNqxKjA+TqM',
    '+2oy/eBCHS4q3XRZQzaqqCXbcmsOXFqDy3W4IikC3TFtuJpbzhdufznY/cWgBcruwERu+ftHz/Zzyz8OP30dfD69DRITA9Mz',
    'JnNLNzdffku/WGTn++qrOtbQJkzJHKsTVZySjXSYbijegFTQhlExnmKYabDtomVjRFs+e4d1XEM14tqoYGJINpReGtGNYpH2',
    'ukoMFk01WHlF18E6pBus6+xeDmTWYE6iwvLYRa6bzMuRaOjnwvWH9ILem//rlMa52fYpTaWzK5PtM3qSjdQmlt4cvH2/Eeva',
    'G46P73nMo1P7txL0bO89iXm+gzmTXUn9O7NvdiGyt/tu54PHOyQNXPOIoifyJrjFP7zNScquLPwvcdPmRY/58+vSA2+WBMbM',
    'e+6Iu7UPfceqOfaH6IS3ihlvg+4IXGfrOsGtirSDxwOd4EwnuPVSiTbwq1ZwU8K8HA7PNPfHArNHucEOf9j0/c0AxXnfAhcL',
    '+WuexUJhHxNk+X7ubzLKZ+FrBQAA',
  ],
};

export type TorchFileName = keyof typeof GZIPPED;

const MAX_BYTES = 1 << 16;

/** Returns a new copy of the bytes of a file. */
export async function torchFile(name: TorchFileName): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(GZIPPED[name].join('')), (c) => c.charCodeAt(0));
  return gunzip(name, packed, MAX_BYTES);
}
