{{ config(partitioned_by=['ordered_on']) }}

select
    order_id,
    customer_id,
    ordered_at,
    status,
    amount,
    remark,
    ordered_on
from {{ ref('stg_orders') }}
