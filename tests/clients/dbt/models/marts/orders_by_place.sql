{{ config(partitioned_by=['country', 'status'], write_compression='snappy') }}

select
    order_id,
    amount_or_zero as amount,
    {{ dbt.date_trunc('month', 'ordered_at') }} as ordered_in,
    {{ dbt.dateadd('day', 14, 'ordered_at') }} as returnable_until,
    country,
    status
from {{ ref('stg_orders') }}
